module example.com/swissreplay

go 1.24
