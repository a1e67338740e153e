// Handlers that call back: runtimes before Node.js 24.
exports.callback = (event, context, callback) => callback(null, { event });
exports.later = (event, context, callback) => {
  setTimeout(() => callback(null, "later"), 10);
};
exports.error = (event, context, callback) => callback(new TypeError("called back"));
exports.textError = (event, context, callback) => callback("a text");
exports.twice = (event, context, callback) => {
  callback(null, "first");
  callback(null, "second");
};
exports.succeed = (event, context) => context.succeed("succeeded");
exports.fail = (event, context) => context.fail(new Error("failed"));
exports.failWithNothing = (event, context) => context.fail();
exports.done = (event, context) => context.done(null, "done");
exports.doneWithError = (event, context) => context.done(new Error("not done"));
exports.never = () => {};
exports.neverResolved = () => new Promise(() => {});
exports.throws = () => {
  throw new Error("at once");
};
exports.promise = async () => "promised";
exports.promiseAndCallback = async (event, context, callback) => {
  callback(null, "called");
  return "returned";
};
exports.thenable = () => ({ then: (resolve) => resolve("thenable") });
exports.circular = (event, context, callback) => {
  const value = {};
  value.self = value;
  context.callbackWaitsForEmptyEventLoop = false;
  callback(null, value);
};
exports.waits = (event, context, callback) => {
  setTimeout(() => console.log("still did this"), 30);
  callback(null, context.callbackWaitsForEmptyEventLoop);
};
exports.atOnce = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = false;
  callback(null, context.callbackWaitsForEmptyEventLoop);
};
exports.contextKeys = (event, context, callback) => callback(null, Object.keys(context));
exports.textOfNothing = (event, context, callback) => callback(Object.create(null));
exports.failsToFail = (event, context) => {
  try { context.fail(Symbol("no text")); } catch (error) { context.succeed(String(error)); }
};
exports.bigintAtOnce = (event, context) => {
  try { context.succeed(1n); } catch (error) { context.fail(error); }
};
exports.bigint = (event, context, callback) => callback(null, 1n);
exports.uncaught = () => {
  setTimeout(() => { throw new Error("nobody catches"); }, 1);
};
exports.unhandled = () => {
  Promise.reject(new Error("nobody handles"));
};

// Which of them, the event says.
exports.any = (event, context, callback) => exports[event.run](event, context, callback);
