// As tracers do: from now on the HTTP client adds a header.
const http = require("node:http");

const { request } = http;
http.request = function trace(options, ...more) {
  const headers = { ...options.headers, "X-Traced": typeof this.request };
  return request.call(this, { ...options, headers }, ...more);
};

exports.streams = awslambda.streamifyResponse(async (event, out) => out.end("one"));
exports.whole = async (event) => {
  if (event.fails) throw new RangeError("whole");
  return "one";
};
