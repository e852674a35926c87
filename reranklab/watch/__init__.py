"""What a log of production says about relevance, latency and support of answers, and when it changed."""
