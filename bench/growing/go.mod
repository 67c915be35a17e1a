module goxray.example/growing

go 1.21
