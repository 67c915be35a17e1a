module example.com/keytypes

go 1.21
