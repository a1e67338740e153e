// The Runtime API, client side: a connection for polls, one for whole responses, one for streams.
"use strict";

const http = require("node:http");
const { createConnection } = require("node:net");
const { Connection } = require("./connection.cjs");
const { readInvocation } = require("./context.cjs");
const { describe, describeForXRay, runtimeError } = require("./errors.cjs");
const { hasCallbacks } = require("./generation.cjs");

// The earlier client sees what a function replaces, for example to trace requests. The later one
// keeps what there was before.
const client = hasCallbacks ? http : { request: http.request };

const PREFIX = "/2018-06-01/runtime/";
const ERROR_TYPE = "Lambda-Runtime-Function-Error-Type";
const XRAY_CAUSE = "Lambda-Runtime-Function-XRay-Error-Cause";

class RuntimeApi {
  // `address` is host:port.
  constructor(address) {
    const [hostname, port] = address.split(":");
    this.target = { hostname, port: Number(port) };
    this.polls = new Connection(this.target);
    this.posts = new Connection(this.target);
    this.streams = new http.Agent({ keepAlive: true, maxSockets: 1 });
  }

  async next() {
    const path = `${PREFIX}invocation/next`;
    const { status, headers, body } = await this.polls.exchange("GET", path);
    if (status >= 300) throw new Error(`GET ${path} was answered ${status}: ${body.trim()}`);
    return readInvocation(headers, body);
  }

  // Throws, before it returns a promise, if the result cannot become JSON: nothing has been sent.
  sendResponse(requestId, result) {
    return this.post(`invocation/${encodeURIComponent(requestId)}/response`, serialize(result));
  }

  sendError(requestId, error) {
    const cause = describeForXRay(error);
    const path = `invocation/${encodeURIComponent(requestId)}/error`;
    const headers = cause ? { [XRAY_CAUSE]: toHeader(cause) } : {};
    return this.post(path, serialize(describe(error)), headers);
  }

  async sendInitError(error) {
    const report = describe(error);
    await this.post("init/error", serialize(report), { [ERROR_TYPE]: toHeader(report.errorType) });
  }

  // Begins a response whose body is written later. `highWaterMark` is that of its socket.
  openResponse(requestId, headers, highWaterMark, answered) {
    this.streams.createConnection = (options, connected) =>
      createConnection({ ...options, highWaterMark }, connected);
    const path = `${PREFIX}invocation/${encodeURIComponent(requestId)}/response`;
    const agent = this.streams;
    return client.request({ ...this.target, method: "POST", path, headers, agent }, answered);
  }

  // A refusal changes nothing: Lambda's own client does not look at the answer either.
  post(path, body, headers = {}) {
    const length = Buffer.byteLength(body);
    const own = { "Content-Type": "application/json", "Content-Length": length, ...headers };
    return this.posts.exchange("POST", PREFIX + path, own, body);
  }
}

function serialize(value) {
  try {
    return JSON.stringify(value === undefined ? null : value);
  } catch {
    const message = "Unable to stringify response body";
    throw hasCallbacks ? new Error(message) : runtimeError("JSONStringifyError", message);
  }
}

// UTF-8, as bytes, and no line ends: a name of an error may be any text.
const toHeader = (text) => Buffer.from(String(text).replace(/[\0\r\n]/g, " ")).toString("latin1");

module.exports = { RuntimeApi };
