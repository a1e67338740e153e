// A connection of requests without a stream: polls for invocations, whole responses and errors.
//
// Node's HTTP client takes several times as long for such a small request, and that is a part of the
// time to each first byte. And what instruments that client, such as a tracer, must not see these:
// on Lambda they are sent in C++.
"use strict";

const { createConnection } = require("node:net");

const HEAD_END = "\r\n\r\n";

class Connection {
  // Args: `target` is { hostname, port }.
  constructor({ hostname, port }) {
    this.target = { host: hostname, port, noDelay: true };
    this.host = `Host: ${hostname}:${port}`;
    this.socket = undefined;
    this.waiting = undefined; // the promise's functions, while a request is under way
    this.last = undefined; // the request before, until it has ended
    this.reset();
  }

  // Resolves to the status, the headers, in lower case, and the body. Requests wait for each other.
  // `headers` are Latin-1.
  exchange(method, path, headers = {}, body = "") {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const head = [`${method} ${path} HTTP/1.1`, this.host, ...lines].join("\r\n") + HEAD_END;
    const send = () => this.send(`${method} ${path}`, head, body);
    const done = this.last ? this.last.then(send, send) : send();
    const end = () => { if (this.last === done) this.last = undefined; };
    this.last = done;
    done.then(end, end);
    return done;
  }

  send(name, head, body) {
    return new Promise((resolve, reject) => {
      this.waiting = { name, resolve, reject };
      if (!this.socket) this.connect();
      this.socket.ref();
      if (body) this.socket.cork();
      this.socket.write(head, "latin1");
      if (body) {
        this.socket.write(body);
        this.socket.uncork();
      }
    });
  }

  connect() {
    const socket = createConnection(this.target);
    this.socket = socket;
    socket.on("data", (data) => this.receive(data));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => {
      this.socket = undefined;
      this.reset();
      this.fail(new Error(`${this.waiting?.name}: the connection was closed without an answer`));
    });
  }

  fail(error) {
    const waiting = this.waiting;
    this.waiting = undefined;
    waiting?.reject(error);
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
    const { resolve } = this.waiting;
    this.waiting = undefined;
    this.reset();
    // The event loop is empty if only this socket is left.
    this.socket.unref();
    resolve({ status, headers, body });
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

module.exports = { Connection };
