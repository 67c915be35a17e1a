package blind

import (
	"database/sql"

	orm "gorm.io/gorm"
)

type Customer struct {
	orm.Model
	RealName string // want
	IDCard   *string // want
	Level    int
}

type row struct {
	ID    int64          `db:"id"`
	Email sql.NullString `db:"email"` // want
}

type person struct {
	Mobile []byte `gorm:"column:mobile;index"` // want
	Notes  string
}

func (person) TableName() string { return "people" }

type generic[T any] struct {
	Key   T      `db:"key"`
	Phone string `db:"phone"` // want
}
