// In place of the C++ part of Lambda's own clients, which needs a compiler: loaded with --require.
//
// It asks for invocations and posts whole responses. Streamed ones are sent by the clients' own
// JavaScript, also here.
"use strict";

// Before a function replaces it: the C++ part does not use it.
const { Agent, request } = require("node:http");
const Module = require("node:module");

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const PREFIX = "/2018-06-01/runtime/invocation/";

// In the C++ client a post ends before anything else happens: here the next poll waits for it.
let posted = Promise.resolve();

function call(method, path, body, headers) {
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method, path: PREFIX + path, headers, agent };
    const sent = request(options, (answer) => {
      const data = [];
      answer.on("data", (part) => data.push(part));
      answer.on("end", () => resolve({ answer, body: Buffer.concat(data).toString() }));
    });
    sent.on("error", reject);
    // Bytes: with a text Node.js would encode the headers a second time.
    sent.end(body && Buffer.from(body));
  });
}

function post(path, body, cause) {
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  if (cause) {
    headers["lambda-runtime-function-xray-error-cause"] = Buffer.from(cause).toString("latin1");
  }
  posted = posted.then(() => call("POST", path, body, headers));
}

const client = {
  async next() {
    await posted;
    const { answer, body } = await call("GET", "next");
    if (answer.statusCode !== 200) throw new Error(`no invocation: ${answer.statusCode}`);
    return { bodyJson: body, headers: answer.headers };
  },
  done: (id, body) => post(`${id}/response`, body),
  error: (id, body, cause) => post(`${id}/error`, body, cause),
};

const exit = process.exit;
process.exit = (status) => {
  // Nothing happens after it: the post that it waits for was over before, in the C++ client.
  process.stdout.write = process.stderr.write = () => true;
  const sent = posted;
  client.error = client.done = () => {};
  process.exit = () => {};
  sent.finally(() => exit(status));
};

const load = Module._load;
Module._load = function loadOrReplace(name, ...more) {
  return name.endsWith("/rapid-client.node") ? client : load.call(this, name, ...more);
};
