tools:
	wget --no-check-certificate https://dl.example.cn/protoc.zip # want
