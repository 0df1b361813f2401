"""Why a row of a file is left out, in words."""

from cdm_core.imports.values import Fault

FAULTS = {
    Fault.MISSING: "a needed cell is empty",
    Fault.TOO_LONG: "the text is too long",
    Fault.BAD_DATE: "no date",
    Fault.FUTURE_DATE: "a date in the future",
    Fault.BAD_PHONE: "no phone number",
    Fault.BAD_EMAIL: "no e-mail address",
    Fault.BAD_NUMBER: "no number",
    Fault.UNKNOWN_WORD: "a word this column does not know",
    Fault.UNKNOWN_PERSON: "nobody of that name works here",
    Fault.DUPLICATE: "the key stands in an earlier row",
    Fault.OTHER_CUSTOMER: "the order belongs to another customer",
    Fault.TOO_MANY_COLUMNS: "more cells than columns",
    Fault.BOTH_KINDS: "both behaviour and drop-off in one row",
    Fault.ERASED: "the customer was erased and stays so",
}
