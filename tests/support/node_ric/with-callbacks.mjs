// Starts the client with callbacks as Lambda does: with variables, not with arguments.
import { run } from "aws-lambda-ric-with-callbacks";

await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
