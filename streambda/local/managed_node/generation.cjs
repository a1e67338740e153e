// Which of Lambda's two clients is followed. `nodejs24.x` was the first without callbacks.
"use strict";

const FIRST_WITH_PROMISES_ONLY = 24;

function hasCallbacks(environ) {
  const version = /nodejs(\d+)/.exec(environ.AWS_EXECUTION_ENV ?? "");
  return version !== null && Number(version[1]) < FIRST_WITH_PROMISES_ONLY;
}

module.exports = { hasCallbacks: hasCallbacks(process.env) };
