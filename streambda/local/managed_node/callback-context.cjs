// `callback`, `context.done`, `succeed` and `fail`: how handlers of Node.js 20 and 22 end.
//
// By default a result that a callback gets is sent when nothing is left to do: the event loop is
// empty. `context.callbackWaitsForEmptyEventLoop = false` sends it at once.
"use strict";

const { logError } = require("./console.cjs");

// What happens when the event loop is empty. Node.js tells that by its event "beforeExit".
const emptyLoop = {
  action: () => {},
  set(action) { this.action = action; },
  reset() { this.action = () => {}; },
};
const LISTENER = Symbol.for("aws.lambda.beforeExit");

function listenForEmptyLoop() {
  global[LISTENER] = () => emptyLoop.action();
  process.on("beforeExit", () => global[LISTENER]());
}

// `context` is what a handler gets; the first of `callback`, `done`, `succeed`, `fail` counts.
class Completion {
  constructor(api, requestId, scheduleNext) {
    this.api = api;
    this.requestId = requestId;
    this.scheduleNext = scheduleNext;
    this.isComplete = false;
    this.waits = true;
    const completion = this;
    const once = allowFirstOf();
    this.callback = once((error, result) => this.end(error, result, { waits: this.waits }));
    this.context = {
      get callbackWaitsForEmptyEventLoop() { return completion.waits; },
      set callbackWaitsForEmptyEventLoop(value) { completion.waits = value; },
      succeed: once((result) => this.end(null, result)),
      fail: once((error) => this.end(error ?? "handled")),
      done: once((error, result) => this.end(error, result)),
    };
  }

  end(error, result, { waits = false } = {}) {
    emptyLoop.reset();
    if (error !== undefined && error !== null) {
      logError("Invoke Error", error);
      this.send(() => this.api.sendError(this.requestId, error));
    } else if (waits) {
      emptyLoop.set(() => setImmediate(() => this.complete(result)));
    } else {
      this.complete(result);
    }
  }

  complete(result) {
    if (this.isComplete) {
      const reason = "Cannot call complete more than once per invocation.";
      console.error(`Invocation has already been reported as done. ${reason}`);
      return;
    }
    this.isComplete = true;
    this.send(() => this.api.sendResponse(this.requestId, result));
  }

  // A handler that has neither called back nor returned a promise, and has nothing left to do.
  completeWhenEmpty() {
    emptyLoop.set(() => {
      // What happens while this is sent is no second end.
      emptyLoop.reset();
      this.isComplete = true;
      this.send(() => this.api.sendResponse(this.requestId, null));
    });
  }

  // Throws at once what cannot be sent: then the handler has not ended yet.
  send(post) {
    post().then(this.scheduleNext);
  }
}

// Each function that it wraps works only if none of the others has been called, and has not thrown.
function allowFirstOf() {
  let isDone = false;
  return (action) => (...values) => {
    if (isDone) return;
    action(...values);
    isDone = true;
  };
}

module.exports = { Completion, emptyLoop, listenForEmptyLoop };
