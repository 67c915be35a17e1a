module goxray.example/heaps

go 1.21
