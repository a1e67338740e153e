// A function behind every endpoint of a local cloud; what it does is the path, or the event's "do".
import { once } from "node:events";
import { connect } from "node:net";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";

const ENDLESS = 1 << 30;

async function pass(port) {
  const socket = connect(Number(port), "127.0.0.1");
  await once(socket, "data");
  socket.destroy();
}

const work = {
  async gated(out, { gate }) {
    out.write("one");
    await pass(gate);
    out.write("two");
    out.end();
  },
  async piped(out, { gate }) {
    async function* parts() {
      yield "one";
      await pass(gate);
      yield "two";
    }
    await pipeline(Readable.from(parts()), out);
  },
  async fails(out) {
    out.write("one");
    throw new TypeError("in the middle");
  },
  async late(out, { gate }) {
    console.log("is on its way");
    out.write("one");
    await pass(gate);
  },
  async full(out, { gate }) {
    let written = 0;
    while (out.write("x".repeat(65536))) written += 65536;
    await pass(gate); // there is no more room
    out.end(String(written < ENDLESS));
  },
};

export const handler = awslambda.streamifyResponse(async (event, responseStream, context) => {
  const isHttp = Boolean(event.requestContext);
  const name = event.do ?? (event.rawPath ?? event.path).split("/").pop();
  const out = isHttp
    ? awslambda.HttpResponseStream.from(responseStream, {
        statusCode: 201,
        headers: { "content-type": "text/plain", "x-request-id": context.awsRequestId },
        cookies: ["a=1", "b=2"],
      })
    : responseStream;
  if (name === "early") throw new RangeError("before the first byte");
  console.log("does %s", name);
  await work[name](out, isHttp ? event.queryStringParameters ?? {} : event);
});

export const whole = async (event) =>
  event.requestContext ? { statusCode: 201, body: `whole ${event.path ?? event.rawPath}` } : event;
