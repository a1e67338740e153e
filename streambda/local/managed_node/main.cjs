// Starts Lambda's Node.js runtime: run by path, with the variables that Lambda sets.
"use strict";

const { setUpGlobal } = require("./awslambda.cjs");
const { patchConsole } = require("./console.cjs");
const { hasCallbacks } = require("./generation.cjs");
const { addNodePath } = require("./module-paths.cjs");
const { RuntimeApi } = require("./runtime-api.cjs");

const { run } = require(hasCallbacks ? "./callback-loop.cjs" : "./promise-loop.cjs");

process.mainModule = undefined; // `require.main`: Lambda's own client is an ES module

const store = setUpGlobal();
patchConsole();
addNodePath(process.env);
run(new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API), store).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
