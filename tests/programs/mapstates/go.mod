module example.com/mapstates

go 1.21
