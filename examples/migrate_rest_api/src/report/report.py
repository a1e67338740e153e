"""GET /report?rows=3 sends a CSV, row by row."""

import time

from streambda_runtime import StreamingResponse


def handler(event, context):
    parameters = event.get("queryStringParameters") or {}
    count = int(parameters.get("rows", 3))
    return StreamingResponse(
        rows(count),
        media_type="text/csv",
        headers={"content-disposition": 'attachment; filename="report.csv"'},
    )


def rows(count):
    yield "number,square\n"
    for number in range(1, count + 1):
        time.sleep(0.5)  # what a query would take
        yield f"{number},{number * number}\n"
