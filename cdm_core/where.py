"""Where an error arose, for the log."""


def where(error: BaseException) -> str:
    """The place in the code, which unlike the error's text holds nothing personal."""
    trace, found = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        found = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next
    return found
