module goxray.example/allocsize

go 1.21
