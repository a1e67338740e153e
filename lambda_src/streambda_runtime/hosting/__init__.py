"""Web apps as handlers: `_HANDLER=main.app`, where `app` is an ASGI or a WSGI application.

`recognise` tells what kind of handler an object is. `http_request` reads an event as a request,
`asgi` and `wsgi` call the app and send what it answers, `lifespan` is ASGI's start and shutdown.
`mcp_server` finds the MCP server in an app, `mcp_settings` sets it up for Lambda, `mcp_requests` is
what its requests pass.

It knows requests and the interfaces of web apps, and nothing of sockets: what is sent goes through
the exchange, as with any handler. Imported only where the handler may be such an app.
"""
