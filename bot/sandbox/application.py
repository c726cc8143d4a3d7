"""The sandbox as one ASGI application: the Bot API, guests' routes, the site's pictures."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from bot.sandbox.api import BotApi
from bot.sandbox.world import World


class BotApiRoute(BaseRoute):
    """Everything below /bot… and /file/bot…, without a search through patterns."""

    def __init__(self, api: BotApi) -> None:
        self._api = api

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        ours = scope["type"] == "http" and scope["path"].startswith(("/bot", "/file/bot"))
        return (Match.FULL if ours else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._api(scope, receive, send)


def build(world: World, extra_routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Build the application: the Bot API, `extra_routes`, then the pictures of the site."""

    async def site(request: Request) -> Response:
        path = world.web.picture_at(request.path_params["path"])
        if path is None:
            raise HTTPException(404)
        return FileResponse(path)

    async def not_found(request: Request, error: Exception) -> Response:
        return JSONResponse(
            {"ok": False, "error_code": 404, "description": "Not Found"}, status_code=404
        )

    routes = [BotApiRoute(BotApi(world)), *extra_routes, Route("/{path:path}", site)]
    return Starlette(routes=routes, exception_handlers={404: not_found})
