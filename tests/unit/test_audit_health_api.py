"""Routes in code, by router, and their drift from an API description."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from goxray.audit.health.figures import HealthInputs, measure
from goxray.audit.health.openapi import read_description
from goxray.audit.health.routes import Routes, routes_of
from goxray.audit.health.shapes import shapes
from goxray.audit.scanned import PackageFiles
from goxray.core.audit_result import Debt
from goxray.core.errors import UsageError

MODULE = "example.com/app"


def packages(root: Path, files: Mapping[str, str]) -> tuple[PackageFiles, ...]:
    """Write files (``users/users.go``) and return their packages, as the walk does."""
    by_folder: dict[str, list[str]] = {}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        by_folder.setdefault(str(Path(name).parent), []).append(Path(name).name)
    return tuple(
        PackageFiles(folder, root / folder, tuple(sorted(names)), MODULE if folder == "." else f"{MODULE}/{folder}")
        for folder, names in sorted(by_folder.items())
    )


def found(root: Path, files: Mapping[str, str]) -> Routes:
    return routes_of(packages(root, files))


def told(routes: Routes) -> list[str]:
    """Return the routes as ``GET /users/{}``; a slash and dots end those that take all below."""
    return sorted(
        f"{each.method or 'ANY'} {shape}{'/...' if each.subtree else ''}"
        for each in routes.routes
        for shape in shapes(each.path, each.router)
    )


def main(imports: str, body: str, rest: str = "") -> dict[str, str]:
    listed = "\n".join(f"\t{each}" for each in imports.split())
    return {"main.go": f"package main\n\nimport (\n{listed}\n)\n\nfunc main() {{\n{body}\n}}\n{rest}"}


NET_HTTP = (
    '"net/http"',
    """
	const users = "/users"
	http.HandleFunc("GET "+users+"/{id}", show)
	http.Handle("/static/", http.FileServer(http.Dir("s")))
	mux := http.NewServeMux()
	mux.HandleFunc("POST api.example.com"+users, create)
	mux.HandleFunc("/{$}", home)
	mux.Handle("GET /files/{path...}", files)
	sub := http.NewServeMux()
	sub.HandleFunc("DELETE /users/{id}", remove)
	mux.Handle("/v1/", http.StripPrefix("/v1", sub))
	whole := http.NewServeMux()
	whole.HandleFunc("/v2/ping", ping)
	mux.Handle("/v2/", whole)
	http.ListenAndServe(":80", mux)
""",
    [
        "ANY /",
        "ANY /static/...",
        "ANY /v2/ping",
        "DELETE /v1/users/{}",
        "GET /files/{*}",
        "GET /users/{}",
        "POST /users",
    ],
)
CHI = (
    '"net/http" "github.com/go-chi/chi/v5"',
    """
	r := chi.NewRouter()
	r.Use(middleware)
	r.Get("/", home)
	r.With(auth).Get("/me", me)
	r.Route("/articles", func(r chi.Router) {
		r.With(paginate).Get("/", list)
		r.Post("/", create)
		r.Route("/{id:[0-9]+}", func(one chi.Router) {
			one.Use(load)
			one.Put("/", update)
		})
	})
	r.Group(func(g chi.Router) {
		g.Method("PATCH", "/patch", h)
		g.MethodFunc(http.MethodDelete, "/gone", f)
	})
	r.Mount("/admin", adminRouter())
	r.Handle("/files/*", files)
	r.NotFound(none)
""",
    [
        "ANY /files/{*}",
        "DELETE /gone",
        "GET /",
        "GET /admin/stats",
        "GET /articles",
        "GET /me",
        "PATCH /patch",
        "POST /articles",
        "PUT /articles/{}",
    ],
)
CHI_REST = """
func adminRouter() http.Handler {
	r := chi.NewRouter()
	r.Get("/stats", stats)
	return r
}
"""
GIN = (
    '"github.com/gin-gonic/gin"',
    """
	r := gin.Default()
	r.GET("/ping", ping)
	v1 := r.Group("/v1", auth)
	{
		v1.POST("/users/:id", f)
		deep := v1.Group("/deep")
		deep.Any("/any", f)
		register(deep)
	}
	r.Handle("PUT", "/put", f)
	r.Match([]string{"GET", "POST"}, "/both", f)
	r.Static("/assets", "./a")
	r.GET("/files/*path", f)
	r.NoRoute(f)
	c.JSON(200, gin.H{"GET": "/no"})
""",
    [
        "ANY /v1/deep/any",
        "DELETE /v1/deep/it",
        "GET /assets/...",
        "GET /both",
        "GET /files/{*}",
        "GET /ping",
        "POST /both",
        "POST /v1/users/{}",
        "PUT /put",
    ],
)
GIN_REST = """
func register(g *gin.RouterGroup) {
	g.DELETE("/it", f)
}
"""
ECHO = (
    '"github.com/labstack/echo/v4"',
    """
	e := echo.New()
	e.GET("/a", f)
	g := e.Group("/admin")
	g.POST("/b/:id", f, auth)
	e.Add("PATCH", "/c", f)
	e.Match([]string{"PUT"}, "/d", f)
	e.Any("/e/*", f)
""",
    ["ANY /e/{*}", "GET /a", "PATCH /c", "POST /admin/b/{}", "PUT /d"],
)
GORILLA = (
    '"net/http" "github.com/gorilla/mux"',
    """
	r := mux.NewRouter().StrictSlash(true)
	r.HandleFunc("/users/{id:[0-9]{1,9}}", f).Methods("GET", http.MethodPut).Name("user")
	r.Handle("/any", h)
	s := r.PathPrefix("/api").Subrouter()
	s.HandleFunc("/x", f).Methods(http.MethodPost)
	r.Methods("DELETE").Path("/y").HandlerFunc(f)
	r.PathPrefix("/static/").Handler(files)
	http.Handle("/", r)
""",
    ["ANY /any", "ANY /static/...", "DELETE /y", "GET /users/{}", "POST /api/x", "PUT /users/{}"],
)
FIBER = (
    '"github.com/gofiber/fiber/v2"',
    """
	app := fiber.New()
	app.Use(logger)
	api := app.Group("/api", auth)
	api.Get("/users/:id<int>", f)
	api.All("/all", f)
	app.Add("PATCH", "/p", f)
	app.Route("/r", func(r fiber.Router) { r.Post("/in", f) })
	app.Get("/opt/:may?", f)
	app.Get("/flights/:from-:to", f)
	micro := fiber.New()
	micro.Get("/m", f)
	app.Mount("/micro", micro)
""",
    [
        "ANY /api/all",
        "GET /api/users/{}",
        "GET /flights/{}-{}",
        "GET /micro/m",
        "GET /opt",
        "GET /opt/{}",
        "PATCH /p",
        "POST /r/in",
    ],
)


@pytest.mark.parametrize(
    ("imports", "body", "expected", "rest"),
    [(*NET_HTTP, ""), (*CHI, CHI_REST), (*GIN, GIN_REST), (*ECHO, ""), (*GORILLA, ""), (*FIBER, "")],
    ids=["net/http", "chi", "gin", "echo", "gorilla", "fiber"],
)
def test_routes_are_found_whatever_registers_them(
    tmp_path: Path, imports: str, body: str, expected: list[str], rest: str
) -> None:
    routes = found(tmp_path, main(imports, body, rest))
    assert told(routes) == expected
    assert routes.not_followed == []


def test_routers_are_followed_through_fields_methods_and_packages(tmp_path: Path) -> None:
    files = {
        "main.go": """package main

import (
	"example.com/app/users"
	web "github.com/gin-gonic/gin"
)

type server struct{ engine *web.Engine; api *web.RouterGroup }

func newServer() *server {
	s := &server{engine: web.New()}
	s.api = s.engine.Group(users.Base)
	return s
}

func (s *server) routes() {
	s.engine.GET("/health", f)
	s.api.GET("/own", f)
	users.Register(s.api.Group("/users"))
	h := users.Handler{}
	h.Attach(s.api)
}
""",
        "users/users.go": """package users

import "github.com/gin-gonic/gin"

const Base = "/api"

type Handler struct{}

func Register(r gin.IRouter) { r.GET("/:id", f) }

func (Handler) Attach(r *gin.RouterGroup) { r.PUT("/attached", f) }
""",
        "users/users_test.go": """package users

import "github.com/gin-gonic/gin"

func test() { gin.New().GET("/test", f) }
""",
    }
    assert told(found(tmp_path, files)) == ["GET /api/own", "GET /api/users/{}", "GET /health", "PUT /api/attached"]


def test_a_path_that_is_no_constant_is_told_and_what_is_no_router_is_none(tmp_path: Path) -> None:
    body = """
	r := chi.NewRouter()
	r.Get(path(), f)
	r.Route(prefix, func(r chi.Router) { r.Get("/below", f) })
	client.Get("/not/a/route", nil)
	cache := newCache()
	cache.Get("/nor/this", f)
	http.Get("/nor/that")
	chi := other{}
	chi.Get("/shadowed", f)
"""
    routes = found(tmp_path, main('"net/http" "github.com/go-chi/chi/v5"', body, "\nvar prefix = os.Args[1]\n"))
    assert told(routes) == []
    assert [each.line for each in routes.not_followed] == [11, 12]


def test_routers_in_circles_end(tmp_path: Path) -> None:
    body = """
	a, b := chi.NewRouter(), chi.NewRouter()
	a.Mount("/b", b)
	b.Mount("/a", a)
	a.Get("/x", f)
	r := self()
	r = r.With(f)
	r.Get("/y", f)
"""
    rest = "\nfunc self() chi.Router { return self() }\n"
    assert told(found(tmp_path, main('"github.com/go-chi/chi/v5"', body, rest)))[0].startswith("GET ")


@pytest.mark.parametrize(
    ("path", "router", "expected"),
    [
        ("/v1/things:cancel", "openapi", ["/v1/things:cancel"]),
        ("/v1/things:cancel", "http", ["/v1/things:cancel"]),
        ("/a/{x:[a-z/]+}/b/", "mux", ["/a/{}/b"]),
        ("/a/{rest:.*}", "mux", ["/a/{*}"]),
        ("//a///b", "gin", ["/a/b"]),
        ("/", "gin", ["/"]),
        ("", "chi", ["/"]),
        ("/*", "echo", ["/{*}"]),
    ],
)
def test_paths_have_one_shape(path: str, router: str, expected: list[str]) -> None:
    assert shapes(path, router) == expected


# Against a description ----------------------------------------------------------------------------------------------

OPENAPI = """\
openapi: 3.1.0
info: {title: t, version: "1"}
servers:
  - url: https://{host}/{base}/
    variables: {host: {default: h}, base: {default: v1}}
paths:
  /users/{userId}:
    parameters: [{name: userId, in: path}]
    get: {}
    delete: {}
  /old: {get: {}}
  /any: {post: {}, put: {}}
  /files/{name}: {get: {}}
  /doc/{a}/{b}: {get: {}}
  /refers: {$ref: '#/components/pathItems/One'}
  /elsewhere: {$ref: 'other.yaml#/x'}
  x-extension: {get: {}}
components: {pathItems: {One: {get: {}}}}
"""
CODE = """
	r := http.NewServeMux()
	r.HandleFunc("GET /v1/users/{id}", f)
	r.HandleFunc("/v1/any", f)
	r.HandleFunc("GET /v1/files/{path...}", f)
	r.HandleFunc("GET /v1/doc/", f)
	r.HandleFunc("POST /v1/new", f)
	r.HandleFunc("GET /v1/refers", f)
	r.HandleFunc("GET /metrics", f)
"""


def drift(root: Path, description: str, code: str) -> Debt:
    path = root / "api.yaml"
    path.write_text(description)
    inputs = HealthInputs(root, date(2026, 6, 1), packages=packages(root, main('"net/http"', code)), openapi=path)
    return next(each for each in measure(inputs) if each.name == "api_drift")


def test_drift_counts_what_only_one_side_has(tmp_path: Path) -> None:
    made = drift(tmp_path, OPENAPI, CODE)
    assert made.value == 4 and made.unit == "operations"
    assert "2 in code only: GET /metrics, POST /v1/new" in made.detail.en
    assert "2 in the description only: DELETE /v1/users/{}, GET /v1/old" in made.detail.en
    assert "6 on both sides" in made.detail.en and "1 references to other files were not followed" in made.detail.en


def test_a_gateway_may_take_the_prefix_off(tmp_path: Path) -> None:
    assert drift(tmp_path, OPENAPI, CODE.replace("/v1", "")).value == 4


def test_swagger_two_has_a_base_path(tmp_path: Path) -> None:
    description = {
        "swagger": "2.0",
        "basePath": "/v1/",
        "paths": {"/users/{id}": {"get": {}}, "/other": {"head": {}}},
    }
    code = CODE.partition('	r.HandleFunc("/v1/any"')[0] + '\tr.HandleFunc("GET /v1/other", f)\n'
    assert drift(tmp_path, json.dumps(description), code).value == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is not one document"),
        ("a: [\n", "line 2"),
        ("a: 1\n", "neither openapi: 3.x nor swagger: 2.0"),
        ("openapi: 4.0.0\n", "neither openapi"),
        ("[" * 5000, "nested too deep"),
    ],
    ids=["empty", "broken", "other", "version", "deep"],
)
def test_what_describes_no_api_is_told_in_a_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "api.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=re.escape(said)):
        read_description(path)
    with pytest.raises(UsageError, match="cannot read the API description"):
        read_description(tmp_path / "none.yaml")
