// Comes before what NODE_OPTIONS imports: Lambda's Node.js looks for that in layers too.
"use strict";

const { addNodePath } = require("./module-paths.cjs");

addNodePath(process.env);
