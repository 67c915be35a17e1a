module goxray.example/layoutprobe

go 1.21
