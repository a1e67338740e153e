"""HTTP requests in, HTTP responses out: what every endpoint over HTTP needs.

In: an ASGI request, and what a function has answered. Out: an `HttpRequest`, an `HttpResponse` or
a stream of chunks, on a server of its own. This package knows the limits that it is given and what
an invocation's stream is; it does not know which endpoint it serves, who calls it, and what goes
wrong on purpose.

    request.py            `HttpRequest`: a request with its body, as an endpoint has read it
    event_body.py         text or base64: the body within an event
    event_headers.py      the headers within an event, and those that stay with the endpoint
    prelude.py            the metadata in front of a streamed response's body
    headers.py            which of a function's headers reach the client
    response.py           `HttpResponse`, and how one is sent over ASGI
    buffered_response.py  a response that is read to its end before it is sent
    streamed_response.py  a response that is sent as it comes: `ResponseStart`, `ResponsePipeline`
    protocol.py           `EndpointProtocol`: one connection; offers to upgrade, HTTP/1.0
    client_connection.py  the other end: sends a request, and reads its response
    late_app.py           `LateApp`: made for its first request, with what it imports
    server.py             sockets and servers: `HttpServer`
    acceptor.py           accepts connections, as many as there is room for
    bounded_protocol.py   what a client may cost before anybody knows who it is
    web_pages.py          which web pages may call what listens on loopback
"""
