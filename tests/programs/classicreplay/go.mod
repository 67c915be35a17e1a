module example.com/classicreplay

go 1.21
