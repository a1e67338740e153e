"""The benchmark of the runtime: subjects x workloads, interleaved, judged against targets."""
