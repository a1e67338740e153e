exports.handler = async () => "CommonJS";
exports.badKind = Object.assign(async () => {}, {
  [Symbol.for("aws.lambda.runtime.handler.streaming")]: "request",
});
