# cr_origin with origin tracking on.
import sys
sys.set_coroutine_origin_tracking_depth(3)
async def co(): pass
def make(): return co()
c = make()
print([(line, name) for _, line, name in c.cr_origin])
c.close()
sys.set_coroutine_origin_tracking_depth(0)
c = co(); print(c.cr_origin); c.close()
