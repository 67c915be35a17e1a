module example.com/halfgrown

go 1.21
