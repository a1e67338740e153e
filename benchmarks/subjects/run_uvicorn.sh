#!/bin/sh
# A web app under uvicorn. With $WEB_ADAPTER: beside the adapter, which is an extension on Lambda.
# -S -X utf8: as `bootstrap` starts the runtime; no .pth file of this machine is read.
if [ -n "$WEB_ADAPTER" ]; then
    "$WEB_ADAPTER" &
fi
exec "$PYTHON" -S -X utf8 -m uvicorn --port "$PORT" --no-access-log --log-level warning "$APP"
