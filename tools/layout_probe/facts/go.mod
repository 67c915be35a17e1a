module goxray.example/layoutfacts

go 1.21
