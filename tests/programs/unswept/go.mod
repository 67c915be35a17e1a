module example.com/unswept

go 1.21
