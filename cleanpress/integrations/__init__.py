"""cleanpress as a step of the engines that people already run; one module an engine, one shared batch function.

Importing this package imports no engine. An engine that is missing is told with the command that installs it.
"""
