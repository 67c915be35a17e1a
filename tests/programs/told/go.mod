module told

go 1.21
