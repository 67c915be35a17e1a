package store

import (
	"database/sql"

	"github.com/uptrace/bun"
	"gorm.io/gorm"
)

type member struct {
	ID    int64  `db:"id"`
	Phone string `db:"phone"` // want
}

type account struct {
	gorm.Model
	Name   string
	IDCard string // want
}

type order struct {
	Number string
	Mobile string // want
}

func (order) TableName() string { return "orders" }

type contact struct {
	ID    int64          `db:"id"`
	Email sql.NullString `json:"email" db:"email"` // want
}

type patient struct {
	RealName *string `gorm:"column:real_name;size:64"` // want
}

type traveller struct {
	Passport []byte `xorm:"varbinary(64) 'passport'"` // want
}

type payer struct {
	bun.BaseModel `bun:"table:payers"`
	BankCardNo    string `bun:"card"` // want
}

type guest struct {
	Name     string `bson:"name"`
	Birthday string `bson:"birthday"` // want
}

type applicant struct {
	Title       string
	HomeAddress string `sql:"address" json:"-"` // want
}

type owner struct {
	ContactEmails []string `pg:"emails,array"` // want
}

type signer struct {
	IdNumber string `orm:"column(id_number)"` // want
}
