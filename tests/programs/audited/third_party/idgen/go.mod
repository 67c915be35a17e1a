module example.cn/idgen

go 1.21
