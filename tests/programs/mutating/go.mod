module example.com/mutating

go 1.21
