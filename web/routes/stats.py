"""``/cdm/stats``: the shop in ten numbers."""

from cdm_core import dashboard
from cdm_core.dashboard import Dashboard
from web.call import Reading
from web.models.stats import DashboardStats
from web.router import noun

router = noun("Statistics")


@router.get("/stats/dashboard", summary="Read the dashboard's figures", response_model=DashboardStats)
async def dashboard_stats(call: Reading) -> Dashboard:
    """How many customers of each kind there are, and what they bought for; counted each minute."""
    return await dashboard.read(call.session, now=call.now)
