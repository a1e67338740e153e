// The function of `bench.py` whose first byte is measured, for Lambda's Node.js.
const { HttpResponseStream, streamifyResponse } = awslambda;

export const first = streamifyResponse(async (event, responseStream) => {
  const metadata = { statusCode: 200, headers: { "content-type": "application/octet-stream" } };
  const stream = HttpResponseStream.from(responseStream, metadata);
  stream.write("x");
  stream.end();
});
