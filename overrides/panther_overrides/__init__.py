"""What is written by hand about the generated tools: a module a toolset, the rules, the workflows."""
