module example.com/comeback

go 1.21
