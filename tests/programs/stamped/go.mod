module example.com/stamped

go 1.21

require example.com/dep v1.2.3

replace example.com/dep v1.2.3 => ./dep
