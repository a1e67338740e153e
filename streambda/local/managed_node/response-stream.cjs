// A streamed response: what a handler writes to, on top of a request of Node's HTTP client.
//
// Handlers see a part of that request, as on Lambda: a writable stream, and `setContentType`.
"use strict";

const { describe, runtimeError } = require("./errors.cjs");
const { hasCallbacks } = require("./generation.cjs");

const ERROR_TYPE = "Lambda-Runtime-Function-Error-Type";
const ERROR_BODY = "Lambda-Runtime-Function-Error-Body";
const HEADERS = {
  "Lambda-Runtime-Function-Response-Mode": "streaming",
  Trailer: [ERROR_TYPE, ERROR_BODY],
  "Content-Type": "application/octet-stream",
  ...(hasCallbacks ? {} : { "Transfer-Encoding": "chunked" }),
};

const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";
const DELIMITER_BYTES = 8;

const METHODS = [
  "cork", "destroy", "end", "uncork", "write", "setContentType",
  "addListener", "emit", "eventNames", "getMaxListeners", "listenerCount", "listeners", "off", "on",
  "once", "prependListener", "prependOnceListener", "rawListeners", "removeAllListeners",
  "removeListener", "setMaxListeners",
];
const FIELDS = ["destroyed", "_onBeforeFirstWrite", ...(hasCallbacks ? ["writable"] : [])];
const READ_ONLY_FIELDS = [
  "writableCorked", "writableEnded", "writableFinished", "writableHighWaterMark", "writableLength",
  "writableNeedDrain", "writableObjectMode", ...(hasCallbacks ? ["writableBuffer"] : ["writable"]),
];

class ResponseStream {
  constructor(api, requestId, highWaterMark) {
    // What Lambda has answered, once it has: that is after the last byte.
    this.answered = new Promise((resolve, reject) => {
      let hasHead = false;
      this.request = api.openResponse(requestId, HEADERS, highWaterMark, (answer) => {
        hasHead = true;
        answer.on("aborted", (error) => this.request.destroy(error));
        answer.on("end", resolve);
        answer.resume();
      });
      this.request.on("error", (error) => {
        // Lambda's own clients have a promise of the answer's head that nobody handles: so a stream
        // that is destroyed, for example by the pipeline of a source that fails, ends the process.
        if (!hasHead) Promise.reject(error);
        reject(error);
        this.request.destroy(error);
      });
    });
    addWriting(this.request);
    this.writable = selectParts(this.request);
  }

  // Ends the response with the error in its trailers.
  fail(error) {
    const report = describe(error);
    this.request.addTrailers({
      [ERROR_TYPE]: report.errorType,
      [ERROR_BODY]: Buffer.from(JSON.stringify(report)).toString("base64"),
    });
    this.request.end();
    // The next invocation is asked for on another socket: not before Lambda has read to the end.
    return new Promise((resolve) => {
      if (this.request.destroyed) resolve();
      else this.request.once("close", resolve);
    });
  }
}

const isByteArray = hasCallbacks
  ? (chunk) => Buffer.isBuffer(chunk) || chunk.constructor === Uint8Array
  : (chunk) => chunk instanceof Uint8Array;

function addWriting(request) {
  const write = request.write.bind(request);
  const end = request.end.bind(request);
  let hasWritten = false;
  // The earlier client hands on the first argument only: it has no use for `end(data, callback)`.
  if (hasCallbacks) request.end = (first) => { end(first); };
  request.setContentType = (contentType) => {
    if (hasWritten) {
      throw runtimeError("InvalidStreamingOperation", "Cannot set content-type, too late.");
    }
    request.setHeader("Content-Type", contentType);
  };
  request.write = (chunk, encoding, callback) => {
    // Throws for null and undefined what Lambda's own clients throw, which log this length.
    void chunk.length;
    const isBytes = typeof chunk === "string" || isByteArray(chunk);
    if (!hasWritten) request._onBeforeFirstWrite?.((head) => write(head));
    const hasRoom = write(isBytes ? chunk : JSON.stringify(chunk), encoding, callback);
    hasWritten = true;
    return hasRoom;
  };
}

function selectParts(request) {
  const parts = {};
  for (const name of METHODS) parts[name] = request[name].bind(request);
  for (const name of [...FIELDS, ...READ_ONLY_FIELDS]) {
    const set = FIELDS.includes(name) ? (value) => { request[name] = value; } : undefined;
    Object.defineProperty(parts, name, { get: () => request[name], set });
  }
  return parts;
}

// `awslambda.HttpResponseStream`: status and headers go out with the first write.
class HttpResponseStream {
  static from(responseStream, metadata) {
    responseStream.setContentType(PRELUDE_TYPE);
    const prelude = JSON.stringify(metadata);
    responseStream._onBeforeFirstWrite = (write) => {
      write(prelude);
      write(new Uint8Array(DELIMITER_BYTES));
    };
    return responseStream;
  }
}

module.exports = { HttpResponseStream, ResponseStream };
