module example.cn/payments

go 1.21

require (
	example.cn/idgen v0.3.0
	github.com/tjfoc/gmsm v1.4.1 // indirect
)

replace example.cn/idgen => ./third_party/idgen
