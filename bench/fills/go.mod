module goxray.example/fills

go 1.21
