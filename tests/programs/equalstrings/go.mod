module example.com/equalstrings

go 1.21
