module example.com/heaptruth

go 1.21
