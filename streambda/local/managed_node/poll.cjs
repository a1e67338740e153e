// The poll for invocations, on a socket of its own: Node's HTTP client takes several times as long
// for such a small request, and that is a part of the time to each first byte.
"use strict";

const { createConnection } = require("node:net");

const PATH = "/2018-06-01/runtime/invocation/next";
const HEAD_END = "\r\n\r\n";

class Poll {
  // Args: `target` is { hostname, port }.
  constructor({ hostname, port }) {
    this.target = { host: hostname, port, noDelay: true };
    this.request = `GET ${PATH} HTTP/1.1\r\nHost: ${hostname}:${port}${HEAD_END}`;
    this.socket = undefined;
    this.waiting = undefined; // the promise's functions, while a poll is under way
    this.reset();
  }

  // Resolves to the headers, in lower case, and the body. Nothing else may be under way.
  next() {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      if (!this.socket) this.connect();
      this.socket.ref();
      this.socket.write(this.request);
    });
  }

  connect() {
    this.socket = createConnection(this.target);
    this.socket.on("data", (data) => this.receive(data));
    this.socket.on("error", (error) => this.waiting?.reject(error));
    this.socket.on("close", () => {
      this.socket = undefined;
      this.waiting?.reject(new Error(`GET ${PATH}: the connection was closed without an answer`));
    });
  }

  reset() {
    this.head = undefined;
    this.parts = [];
    this.size = 0;
  }

  receive(data) {
    this.parts.push(data);
    this.size += data.length;
    if (!this.head) this.readHead();
    if (this.head && this.size >= this.head.length) this.finish();
  }

  readHead() {
    const all = Buffer.concat(this.parts);
    const end = all.indexOf(HEAD_END);
    if (end < 0) return;
    this.head = parseHead(all.toString("latin1", 0, end));
    this.parts = [all.subarray(end + HEAD_END.length)];
    this.size = this.parts[0].length;
  }

  finish() {
    const { status, headers, isChunked } = this.head;
    const data = this.parts.length === 1 ? this.parts[0] : Buffer.concat(this.parts);
    const body = isChunked ? decodeChunks(data) : data.toString();
    if (body === undefined) return; // there are more chunks to come
    const { resolve, reject } = this.waiting;
    this.waiting = undefined;
    this.reset();
    // The event loop is empty if only this socket is left.
    this.socket.unref();
    if (status < 300) resolve({ headers, body });
    else reject(new Error(`GET ${PATH} was answered ${status}: ${body.trim()}`));
  }
}

function parseHead(text) {
  const [first, ...lines] = text.split("\r\n");
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const isChunked = /chunked/i.test(headers["transfer-encoding"]);
  const length = isChunked ? 0 : Number(headers["content-length"] ?? 0);
  return { status: Number(first.split(" ")[1]), headers, length, isChunked };
}

// A proxy between, such as that of an extension, may send chunks. Returns undefined before the end.
function decodeChunks(data) {
  const chunks = [];
  for (let at = 0; ;) {
    const lineEnd = data.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(data.toString("latin1", at, lineEnd), 16);
    const start = lineEnd + 2;
    if (data.length < start + size + 2) return undefined;
    if (size === 0) return Buffer.concat(chunks).toString();
    chunks.push(data.subarray(start, start + size));
    at = start + size + 2;
  }
}

module.exports = { Poll };
