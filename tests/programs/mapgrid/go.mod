module example.com/mapgrid

go 1.21
