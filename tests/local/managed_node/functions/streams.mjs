// Handlers that stream, for both generations of the client.
import * as handlers from "./streams.mjs";
import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const { HttpResponseStream, streamifyResponse } = awslambda;
const stream = (work, options) => streamifyResponse(async (...values) => work(...values), options);

export const plain = stream((event, out) => {
  out.write("one");
  out.write(Buffer.from([0, 255, 10]));
  out.end();
});
export const prelude = stream((event, out) => {
  out = HttpResponseStream.from(out, { statusCode: 201, headers: { "x-a": "é" }, cookies: ["a=1"] });
  out.write("body");
  out.end();
});
export const emptyPrelude = stream((event, out) => {
  out = HttpResponseStream.from(out, { statusCode: 204 });
  out.write("");
  out.end();
});
export const preludeWithoutWrite = stream((event, out) => {
  HttpResponseStream.from(out, { statusCode: 204 }).end();
});
export const onlyEnd = stream((event, out) => {
  HttpResponseStream.from(out, { statusCode: 200 }).end("last");
});
export const objects = stream((event, out) => {
  out.write({ a: [1, null] });
  out.write([1]);
  out.write(new Uint8Array([65, 66]));
  out.end("é");
});
export const encodings = stream((event, out) => {
  out.write("4142", "hex");
  out.write("w6k=", "base64");
  out.end();
});
export const contentType = stream((event, out) => {
  out.setContentType("text/event-stream");
  out.write("data: 1\n\n");
  out.end();
});
export const lateContentType = stream((event, out) => {
  out.write("a");
  out.setContentType("text/plain");
});
export const piped = stream((event, out) => pipeline(Readable.from(["a", "b", "c"]), out));
export const pipedObjects = stream(async (event, out) => {
  async function* source() {
    yield "first";
    await turn();
    yield "second";
  }
  await pipeline(source, out);
});
export const brokenPipe = stream(async (event, out) => {
  async function* source() {
    yield "first";
    throw new RangeError("source broke");
  }
  for await (const part of source()) out.write(part);
});
export const nothing = stream((event, out) => out.end());
export const early = stream(() => {
  throw new TypeError("before the first byte");
});
export const midway = stream((event, out) => {
  out.write("part");
  throw new TypeError("after it");
});
export const midwayWithPrelude = stream((event, out) => {
  out = HttpResponseStream.from(out, { statusCode: 200 });
  out.write("part");
  throw Object.assign(new Error("with fields"), { code: "E_FIELD", detail: { a: 1 } });
});
export const throwsText = stream((event, out) => {
  out.write("part");
  throw "only a text";
});
export const throwsNothing = stream((event, out) => {
  out.write("part");
  throw undefined;
});
export const deleteCharacter = stream(() => {
  throw Object.assign(new Error("a\x7Fb"), { name: "Na\x7Fme" });
});
export const returns = stream((event, out) => {
  out.end("x");
  return { ignored: true };
});
export const notAsync = streamifyResponse((event, out) => {
  out.write("x");
  out.end();
});
export const parts = stream((event, out) => {
  const before = ["writable", "writableEnded", "writableFinished", "writableLength",
    "writableCorked", "writableObjectMode", "destroyed"].map((name) => [name, out[name]]);
  const methods = Object.keys(out).filter((key) => typeof out[key] === "function").sort();
  out.write(JSON.stringify({ before, methods, inherited: out instanceof Object }));
  out.end();
});
export const highWaterMark = stream((event, out) => {
  const rooms = Array.from({ length: 4 }, () => out.write("x".repeat(20000)));
  out.end(JSON.stringify(rooms));
}, { highWaterMark: 5 });
export const corked = stream((event, out) => {
  out.cork();
  out.write("a");
  out.write("b");
  out.uncork();
  out.end();
});
export const finished = stream(async (event, out) => {
  const events = [];
  out.on("finish", () => events.push("finish"));
  out.once("close", () => events.push("close"));
  const ended = new Promise((resolve) => out.end(resolve));
  await ended;
  console.log(out.writableEnded, events);
});
export const context = stream((event, out, given) => {
  out.end(JSON.stringify([Object.keys(given), given.awsRequestId, given.clientContext ?? null]));
});
export const writesNull = stream((event, out) => out.write(null));
const storage = new AsyncLocalStorage();
export const entersContext = stream((event, out) => {
  out.end(storage.getStore() ?? "nothing");
  storage.enterWith("of the invocation before");
});
class OwnBytes extends Uint8Array {}
export const ownBytes = stream((event, out) => {
  out.write(new OwnBytes([65, 66]));
  out.end();
});

// These end the process.
export const failingPipeline = stream((event, out) => pipeline(async function* () {
  yield "part";
  await turn();
  throw new RangeError("source broke");
}, out));
export const writeAfterEnd = stream((event, out) => {
  out.end("x");
  out.write("y");
});
export const destroyed = stream(async (event, out) => {
  out.write("part");
  await turn();
  out.destroy(new Error("destroyed"));
  await new Promise(() => setTimeout(() => console.log("too late"), 2000));
});
export const destroyedAtLast = stream(async (event, out) => {
  await new Promise((resolve) => out.end("x", resolve));
  out.destroy(new Error("destroyed"));
});
export const exits = stream(async (event, out) => {
  await new Promise((resolve) => out.write("part", resolve));
  process.exit(3);
});
export const rejectsAside = stream(async (event, out) => {
  await new Promise((resolve) => out.write("part", resolve));
  Promise.reject("aside");
  Promise.reject("second");
  await new Promise(() => setTimeout(() => console.log("too late"), 2000));
});

// Which of them, the event says.
export const any = streamifyResponse((event, out, given) => handlers[event.run](event, out, given));
