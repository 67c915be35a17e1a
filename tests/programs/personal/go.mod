module example.com/personal

go 1.21
