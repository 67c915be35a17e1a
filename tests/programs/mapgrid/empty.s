// Functions without a body (runtime.findObject) are allowed only beside an assembly file.
