"""What every error looks like: RFC 9457."""

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

_FIELD: JsonDict = {
    "field": "body.cart_value",
    "code": "greater_than_equal",
    "message": "Input should be greater than or equal to 0",
}
_PROBLEM: JsonDict = {
    "type": "about:blank",
    "title": "Unprocessable Entity",
    "status": 422,
    "code": "invalid",
    "detail": "body.cart_value: Input should be greater than or equal to 0.",
    "request_id": "0f343b0931126a20f133d67c2b018a3b",
    "errors": [_FIELD],
}


class FieldError(BaseModel):
    """One value that cannot be accepted."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_FIELD]})

    field: str = Field(description="Where it stands", examples=["body.cart_value"])
    code: str = Field(description="What is wrong, for programs", examples=["greater_than_equal"])
    message: str = Field(
        description="What is wrong, for people", examples=["Input should be greater than or equal to 0"]
    )


class Problem(BaseModel):
    """Why a request was refused, and what to do."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_PROBLEM]})

    type: str = Field(default="about:blank", description="Always about:blank: `code` tells problems apart")
    title: str = Field(description="The status in words", examples=["Not Found"])
    status: int = Field(description="The HTTP status", examples=[404])
    code: str = Field(description="What is wrong, for programs; it stays", examples=["no_such_customer"])
    detail: str = Field(
        description="What is wrong and what to do, for people", examples=["There is no customer with the id 4711."]
    )
    request_id: str | None = Field(default=None, description="As in the header X-Request-ID and in the log")
    errors: list[FieldError] | None = Field(default=None, description="Each value that cannot be accepted, at most 20")
